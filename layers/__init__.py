"""What is drawn and what is written: maps, exports, wording."""
