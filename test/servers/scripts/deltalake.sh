#!/usr/bin/env bash
# delta-rs: no server, but the tables of another make. `run SCRIPT [ARGUMENT...]` runs Python text that can import deltalake.
DESC="deltalake 1.6.6 (delta-rs) for Python, in an environment of its own"
PORTS=()
. "$(dirname "$0")/lib.sh"
install_python() {
  python3 -m venv "$PKG/venv" >"$PKG/pip.log" 2>&1 &&
    "$PKG/venv/bin/pip" install -q deltalake==1.6.6 pyarrow==21.0.0 >>"$PKG/pip.log" 2>&1 || { tail -5 "$PKG/pip.log" >&2; die "pip failed"; }
}
do_install() { once deltalake-1.6.6 install_python; }
do_start() { :; }
do_address() { echo none; }
# Its threads, which the library leaves behind, have aborted an interpreter that ended in the usual way.
do_run() {
  local script=$1; shift
  "$PKG/venv/bin/python" -c "$script"$'\nimport os, sys\nsys.stdout.flush()\nos._exit(0)' "$@"
}
main "$@"
