# Finds a Python, then starts start.py, which installs (once, without a network) and opens the app.
# Runs in Windows PowerShell 5.1 and later, without administrator's rights.
$here = $PSScriptRoot
$pythons = '@PYTHONS@'.Split(' ')
$test = 'import sys; print("%d.%d" % sys.version_info[:2] if sys.maxsize > 2**32 else "32")'

# Whether a command is a 64-bit Python of one of these versions.
function Test-Python([string]$exe, [string[]]$first) {
    if (-not (Get-Command -Name $exe -CommandType Application -ErrorAction SilentlyContinue)) {
        return $false
    }
    try {
        $version = & $exe @first -c $test
    } catch {
        return $false
    }
    return ($LASTEXITCODE -eq 0) -and ($pythons -contains "$version".Trim())
}

# A Python as the program to start and what comes before its arguments; $null if none fits.
function Find-Python {
    $candidates = @(
        @{ Exe = (Join-Path $here 'python\python.exe'); First = @() },
        @{ Exe = (Join-Path $here 'python\tools\python.exe'); First = @() }
    )
    foreach ($version in $pythons) {
        foreach ($hive in 'HKCU:', 'HKLM:') {
            $key = "$hive\Software\Python\PythonCore\$version\InstallPath"
            $item = Get-ItemProperty -LiteralPath $key -ErrorAction SilentlyContinue
            if ($item -and $item.ExecutablePath) {
                $candidates += @{ Exe = $item.ExecutablePath; First = @() }
            }
        }
        $candidates += @{ Exe = 'py'; First = @("-$version") }
    }
    $candidates += @{ Exe = 'python'; First = @() }
    $candidates += @{ Exe = 'python3'; First = @() }
    foreach ($candidate in $candidates) {
        if (Test-Python $candidate.Exe $candidate.First) {
            return $candidate
        }
    }
    return $null
}

# Unpacks or installs the Python that lies beside this script into the folder python.
function Install-Python {
    $target = Join-Path $here 'python'
    $package = Get-ChildItem -LiteralPath $here -Filter 'python.3.*.nupkg' | Select-Object -First 1
    $setup = Get-ChildItem -LiteralPath $here -Filter 'python-3.*-amd64.exe' | Select-Object -First 1
    if ($package) {
        Write-Host "正在解压 $($package.Name) ……"
        Write-Host "Unpacking $($package.Name) ..."
        $part = Join-Path $here 'python.part'
        foreach ($folder in $part, $target) {
            if (Test-Path -LiteralPath $folder) {
                Remove-Item -LiteralPath $folder -Recurse -Force
            }
        }
        Add-Type -AssemblyName System.IO.Compression.FileSystem
        [System.IO.Compression.ZipFile]::ExtractToDirectory($package.FullName, $part)
        Rename-Item -LiteralPath $part -NewName 'python'
    } elseif ($setup) {
        Write-Host "正在为当前用户安装 $($setup.Name) ……"
        Write-Host "Installing $($setup.Name) for the current user ..."
        $options = @(
            '/quiet', 'InstallAllUsers=0', 'Include_launcher=0', 'Include_test=0', 'Include_doc=0',
            'Shortcuts=0', 'PrependPath=0', 'AssociateFiles=0', "TargetDir=`"$target`""
        )
        Start-Process -FilePath $setup.FullName -ArgumentList $options -Wait
    }
}

$python = Find-Python
if (-not $python) {
    try {
        Install-Python
    } catch {
        Write-Host "Python 未能安装：$($_.Exception.Message)"
        Write-Host "Python was not installed: $($_.Exception.Message)"
    }
    $python = Find-Python
}
if (-not $python) {
    $known = $pythons -join ', '
    Write-Host "没有找到 64 位 Python（$known）。请把下列文件之一放到 $here，再双击 start.bat："
    Write-Host "  python-3.x.y-amd64.exe（python.org，Windows installer (64-bit)）"
    Write-Host "  python.3.x.y.nupkg（nuget.org 的 python 包）"
    Write-Host "No 64-bit Python ($known) was found. Put one of these files into $here, then double-click start.bat:"
    Write-Host "  python-3.x.y-amd64.exe (python.org, Windows installer (64-bit))"
    Write-Host "  python.3.x.y.nupkg (the package python of nuget.org)"
    exit 1
}
$exe = $python.Exe
$first = $python.First
& $exe @first (Join-Path $here 'start.py') @args
exit $LASTEXITCODE
