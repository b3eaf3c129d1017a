#!/bin/bash
# run-kernel.sh [-t SECONDS] [-m MEMORY] [-d IMAGE] [-k WORDS] [-v] BED SHARE COMMAND [ARGUMENT...]
#
# Boots the kernel in folder BED (see setup.sh), runs COMMAND in it and exits with its status;
# with 125 when there is none: no boot, a panic, or more than SECONDS (300) gone.
# In the guest / is the host's, and what is written there is forgotten; /bed is the host's folder
# SHARE, where files outlive the guest, and /bed/modules holds the kernel modules. With -d the file
# IMAGE is the disk /dev/ubda; SIGTERM cuts the guest's power, and what it had written is in there.
# -k adds words to the kernel's command line: with time-travel=inf-cpu computing takes no time, so
# that sleeps are exact. -v shows the kernel's messages. However this ends, nothing of it keeps
# running.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

limit=300 memory=512M image='' words=() verbose=''
while getopts t:m:d:k:v option; do
  case $option in
    t) limit=$OPTARG ;;
    m) memory=$OPTARG ;;
    d) image=$(realpath "$OPTARG") ;;
    k) read -ra words <<< "$OPTARG" ;;
    v) verbose=yes ;;
    *) exit 64 ;;
  esac
done
shift $((OPTIND - 1))
if [ $# -lt 3 ]; then
  echo "usage: run-kernel.sh [-t SECONDS] [-m MEMORY] [-d IMAGE] [-k WORDS] [-v]" \
    "BED SHARE COMMAND..." >&2
  exit 64
fi
bed=$1
mkdir -p "$2"
share=$(cd "$2" && pwd)
shift 2

# A scratch folder with a plain name: it goes through the kernel's command line.
scratch=$(mktemp -d /tmp/hardware.XXXXXX)
leader=
# shellcheck disable=SC2317 # called by the trap
clean_up() {
  trap '' INT TERM
  if [ -n "$leader" ]; then
    kill -KILL -- "-$leader" 2> /dev/null || true
    wait "$leader" 2> /dev/null || true
  fi
  # The kernel moves to a session of its own; its pid file tells where, should it still be there.
  local pid
  pid=$(cat "$scratch/home/.uml/guest/pid" 2> /dev/null || true)
  if [ -n "$pid" ] && [ "$(readlink "/proc/$pid/exe")" = "$scratch/linux" ]; then
    kill -KILL -- "-$pid" 2> /dev/null || kill -KILL "$pid" 2> /dev/null || true
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$scratch/home"
ln -s "$share" "$scratch/share"
cp "$bed/linux" "$here/guest-init" "$scratch/"
if [ -n "$image" ]; then
  ln -s "$image" "$scratch/disk"
  words+=("ubd0=$scratch/disk")
fi
mkdir -p "$share/modules"
cp "$bed"/*.ko "$share/modules/"
rm -f "$share/status"
{
  printf 'cd %q\n' "$PWD"
  printf 'exec'
  printf ' %q' "$@"
  echo
} > "$share/command"

# The guest's memory is a file that must be mapped executable, in /dev/shm where that serves
# (a container's may be tiny, or noexec) and on disk otherwise.
backing=$scratch
room=$(df --output=avail -m /dev/shm 2> /dev/null | tail -n 1)
if [ "${room:-0}" -gt "${memory%M}" ] &&
  ! grep -qE '^[^ ]+ /dev/shm [^ ]+ [^ ]*noexec' /proc/mounts; then
  backing=/dev/shm
fi

set -m # the kernel gets a process group, which clean_up can end as a whole
HOME=$scratch/home TMPDIR=$backing timeout --foreground --kill-after=5 "$limit" \
  "$scratch/linux" mem="$memory" umid=guest root=/dev/root rootfstype=hostfs rootflags=/ ro \
  init="$scratch/guest-init" bed="$scratch/share" quiet loglevel=4 panic=-1 \
  con0=null,fd:1 con=null ssl0=null,fd:3 ssl=null "${words[@]}" \
  3>&1 > "$scratch/console" 2>&1 < /dev/null &
leader=$!
ended=0
wait "$leader" || ended=$?

if [ -n "$verbose" ]; then cat "$scratch/console" >&2; fi
if [ -s "$share/status" ]; then exit "$(< "$share/status")"; fi
{
  if [ $ended = 124 ] || [ $ended = 137 ]; then
    echo "run-kernel: stopped after $limit s"
  else
    echo "run-kernel: the kernel ended ($ended) before the command did; its last words:"
  fi
  tail -n 20 "$scratch/console"
} >&2
exit 125
