#!/usr/bin/env bash
# From a bare Debian 12 to the first page, and to it again: what a newcomer waits for.
#
#   benchmarks/fresh_machine.sh              ./run, twice: seconds to the first page, then a clean stop
#   benchmarks/fresh_machine.sh CMD ...      ./run CMD ..., twice: seconds it takes
#   benchmarks/fresh_machine.sh --test ...   ./test ..., once: seconds it takes
#
# Needs root and debootstrap. Makes a minbase system with python3 and CA certificates in a temporary folder, clones the
# committed state of this checkout into it and runs it there in mount and process namespaces of its own, so that nothing
# is left behind. The package sources and pip's configuration are this machine's, read at run time.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
suite=bookworm
machine="$(mktemp -d /var/tmp/fresh-machine-XXXXXX)"
trap 'rm -rf --one-file-system "$machine"' EXIT
chmod 0755 "$machine"

mirror="$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]+).*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)"
echo "Making a bare Debian ($suite) ..."
debootstrap --variant=minbase --include=python3-minimal,python3,ca-certificates "$suite" "$machine" ${mirror:+"$mirror"} \
    > "$machine.log" 2>&1 || { tail -n 5 "$machine.log"; exit 1; }
rm -f "$machine.log"

copy() { if [[ -e "$1" ]]; then mkdir -p "$machine$(dirname "$1")" && cp -aL "$1" "$machine$1"; fi; }
rm -rf "$machine"/etc/apt/sources.list*
for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /etc/pip.conf /etc/hosts /etc/resolv.conf \
    /etc/ssl/certs/ca-certificates.crt "${HOME:-/root}/.config/pip/pip.conf"; do
    copy "$path"
done
git clone --quiet "$here" "$machine/root/gridsvc"
chmod 0700 "$machine/root"

cat > "$machine/measure.py" <<'PYTHON'
"""Runs inside the bare machine: times ./run twice, or ./test once."""
import json, os, signal, subprocess, sys, time, urllib.error, urllib.request

LONGEST_S = 1800
is_test = sys.argv[1:2] == ["--test"]
command = ["./test", *sys.argv[2:]] if is_test else ["./run", *sys.argv[1:]]
url = f"http://127.0.0.1:{os.environ.get('GRIDSVC_PORT', '8000')}/"


def first_page(process, since_s):
    while process.poll() is None and time.monotonic() - since_s < LONGEST_S:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                if page.status == 200:
                    return time.monotonic() - since_s
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    sys.exit(f"no page: ./run ended with {process.poll()}")


def servers():
    states = [open(f"/proc/{pid}/stat").read().split() for pid in os.listdir("/proc") if pid.isdigit()]
    return sum(state[1] == "(postgres)" and state[2] != "Z" for state in states)


for turn in ("only",) if is_test else ("first", "second"):
    since_s = time.monotonic()
    process = subprocess.Popen(command, cwd=os.path.expanduser("~/gridsvc"), stdin=subprocess.DEVNULL)
    told = {"turn": turn, "command": " ".join(command)}
    if command == ["./run"]:
        told["page_s"] = round(first_page(process, since_s), 1)
        if turn == "first":
            time.sleep(float(os.environ.get("FRESH_MACHINE_STAY_S", "5")))
        since_s = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait()
        told["stop_s"] = round(time.monotonic() - since_s, 1)
    else:
        process.wait()
        told["took_s"] = round(time.monotonic() - since_s, 1)
    told |= {"exit": process.returncode, "servers_left": servers()}
    print(json.dumps(told), flush=True)
PYTHON

kept=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "TERM=${TERM:-dumb}")
while IFS= read -r line; do kept+=("$line"); done < <(env | grep -E '^(PIP_|UV_|GRIDSVC_PORT|FRESH_MACHINE_|SSL_CERT_FILE|[A-Za-z]+_proxy|[A-Z]+_PROXY)' || true)
export machine
unshare --mount --pid --fork --kill-child -- bash -c '
    mount -t proc proc "$machine/proc"
    mount --rbind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/tmp"
    mount -t tmpfs tmpfs "$machine/run"
    exec chroot "$machine" /usr/bin/env -i "$@"' fresh "${kept[@]}" /usr/bin/python3 /measure.py "$@"
