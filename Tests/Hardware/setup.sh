#!/bin/bash
# setup.sh: builds what the hardware test runs on, once: a User-Mode Linux kernel with gpio-sim
# and the i2c-scripted adapter. Prints the folder that holds the two (`linux`, `i2c-scripted.ko`).
# The result is cached by a hash of its inputs; a second run takes no time.
#   KEEP_BUILD=1  keeps source and objects, so that the next change to kernel/ builds quickly
#   JOBS=n        how many compilers at once (default: one per processor)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/telemetryd-hardware

source_package=linux-source-6.1 # Debian 12's kernel; kernel/uml.patch is made for it
build_packages=(gcc libc6-dev make flex bison bc xz-utils kmod binutils patch)
test_packages=(python3 kmod iproute2 e2fsprogs)

say() { printf 'hardware: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ "$(uname -m)" = x86_64 ] || die "User-Mode Linux needs an x86_64 machine, this is $(uname -m)"

key=$({ cd "$here" && sha256sum kernel/* setup.sh; } | sha256sum | cut -c1-16)
bed=$cache/bed-$key
log=$cache/build.log
if [ -e "$bed/linux" ]; then
  echo "$bed"
  exit
fi

mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9 # another run may be building the same; then there is nothing left to do
if [ -e "$bed/linux" ]; then
  echo "$bed"
  exit
fi

# Output goes to the log, and its end to the user when the command fails.
logged() {
  "$@" >> "$log" 2>&1 9>&- || {
    tail -n 30 "$log" >&2
    die "failed: $*; all of its output is in $log"
  }
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Runs an apt-get command; when that fails (no package lists in a bare container, or lists that
# name a version replaced since) fetches the lists and runs it again.
apt() {
  "$@" >> "$log" 2>&1 9>&- || { logged as_root apt-get -q update && logged "$@"; }
}

install_packages() {
  local package missing=()
  for package in "${build_packages[@]}" "${test_packages[@]}"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2> /dev/null | grep -q '^ii' ||
      missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# What ARCH=um cannot compile is left out: two thirds of the tree.
unpack_source() {
  local work=$1 arch drivers exclude=()
  say "downloading the kernel's source"
  rm -f "$work"/*.deb
  cd "$work"
  apt apt-get -q -o APT::Sandbox::User=root download "$source_package"
  for arch in alpha arc arm arm64 csky hexagon ia64 loongarch m68k microblaze mips nios2 \
    openrisc parisc powerpc riscv s390 sh sparc xtensa; do
    exclude+=(--exclude="*/arch/$arch/*.[chS]" --exclude="*/arch/$arch/boot/*")
  done
  for drivers in gpu media infiniband scsi staging net/ethernet net/wireless; do
    exclude+=(--exclude="*/drivers/$drivers/*.[ch]")
  done
  exclude+=(--exclude='*/sound/*.[ch]' --exclude='*/Documentation/*/*'
    --exclude='*/tools/perf' --exclude='*/tools/testing')
  say "unpacking it"
  dpkg-deb --fsys-tarfile "$source_package"_*.deb |
    tar -xOf - "./usr/src/$source_package.tar.xz" |
    tar -xJf - --strip-components=1 --one-top-level=linux "${exclude[@]}"
  rm -f "$work"/*.deb
  logged patch --directory=linux --strip=1 --forward --input="$here/kernel/uml.patch"
}

configure_kernel() {
  local work=$1 line
  say "configuring the kernel"
  logged make -C "$work/linux" ARCH=um O="$work/objects" tinyconfig
  cd "$work/linux"
  logged scripts/kconfig/merge_config.sh -m -O "$work/objects" "$work/objects/.config" \
    "$here/kernel/config.fragment"
  logged make -C "$work/linux" ARCH=um O="$work/objects" olddefconfig
  while IFS= read -r line; do
    grep -qxF "$line" "$work/objects/.config" || die "kernel/config.fragment: $line did not stick"
  done < <(grep '^CONFIG' "$here/kernel/config.fragment")
}

build() {
  local work=$1 jobs=${JOBS:-$(nproc)}
  say "compiling the kernel with $jobs compilers, some minutes, once"
  logged nice make -C "$work/linux" ARCH=um O="$work/objects" -j"$jobs" linux modules
  mkdir -p "$work/module"
  cp "$here/kernel/i2c-scripted.c" "$work/module/"
  echo 'obj-m := i2c-scripted.o' > "$work/module/Makefile"
  logged make -C "$work/linux" ARCH=um O="$work/objects" M="$work/module" modules
}

began=$SECONDS
: > "$log"
source_key=$(cat "$here/kernel/uml.patch" "$here/setup.sh" | sha256sum | cut -c1-16)
work=$cache/build-$source_key
install_packages
if [ ! -e "$work/linux.unpacked" ]; then
  rm -rf "$cache"/build-*
  mkdir -p "$work"
  (unpack_source "$work")
  touch "$work/linux.unpacked"
fi
mkdir -p "$work/objects"
(configure_kernel "$work")
(build "$work")

# The finished folder appears whole or not at all.
rm -rf "$cache/new"
mkdir "$cache/new"
cp "$work/objects/linux" "$work/module/i2c-scripted.ko" "$cache/new/"
rm -rf "$cache"/bed-*
mv "$cache/new" "$bed"
[ -n "${KEEP_BUILD:-}" ] || rm -rf "$work"
say "ready after $((SECONDS - began)) s"
echo "$bed"
