#!/bin/sh
# Finds a Python, then starts start.py, which installs (once, without a network) and opens the app.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
pythons="@PYTHONS@"

# Whether a command is a 64-bit Python of one of these versions.
fits() {
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2] if sys.maxsize > 2**32 else "32")' 2>/dev/null) || return 1
    case " $pythons " in *" $version "*) return 0 ;; esac
    return 1
}

for candidate in "$here/python/bin/python3" $(for version in $pythons; do echo "python$version"; done) python3 python; do
    if fits "$candidate"; then
        exec "$candidate" "$here/start.py" "$@"
    fi
done
echo "没有找到 Python（需要 64 位的 $pythons 之一）。请由系统软件源安装，或把 Python 放到 $here/python（其中有 bin/python3）后再启动。" >&2
echo "No Python was found (64 bit, one of $pythons is needed). Install it from the system's packages, or put one into $here/python (with bin/python3), then start again." >&2
exit 1
