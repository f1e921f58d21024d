@echo off
rem Starts start.ps1, also where the execution of scripts is restricted.
powershell -NoProfile -ExecutionPolicy Bypass -File "%~dp0start.ps1" %*
if errorlevel 1 pause
