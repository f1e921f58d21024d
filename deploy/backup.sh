#!/bin/sh
# backup.sh FOLDER: studies, ledgers, audit log and settings into FOLDER/DATE. The app may run on.
set -eu
: "${CONFIG:=/etc/quarterhour}" "${STUDIES:=/srv/quarterhour/studies}" "${LOGS:=/var/log/quarterhour}"
: "${PYTHON:=/opt/quarterhour/current/.venv/bin/python}"
umask 077
target=$1/$(date +%Y%m%d-%H%M%S)
mkdir -p "$target/ledgers"
for ledger in "$STUDIES"/*/ledger.db; do
    [ -e "$ledger" ] || continue
    study=$(dirname "$ledger")
    # A copy of the file alone may lack its last transactions; this command takes all of them.
    "$PYTHON" -P -m cli ledger "$study" backup "$target/ledgers/$(basename "$study").db"
done
tar -C "$STUDIES" --exclude='ledger.db*' -czf "$target/studies.tar.gz" .
tar -C "$CONFIG" -czf "$target/config.tar.gz" .
tar -C "$LOGS" -czf "$target/logs.tar.gz" .
cd "$target"
sums=$(find . -type f -exec sha256sum {} +)
echo "$sums" >SHA256SUMS
sha256sum --quiet -c SHA256SUMS
echo "$target"
