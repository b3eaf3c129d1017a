#!/bin/bash
# run.sh BIN_DIR: the hardware test, whole. BIN_DIR holds the built `telemetryd` and `receiver`.
# Exits with 0 when every check passed. The test's logs stay in BIN_DIR/hardware-test.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

bin=$(cd "${1:?usage: run.sh BIN_DIR}" && pwd)
for program in telemetryd receiver; do
  [ -x "$bin/$program" ] || { echo "hardware: no $program in $bin; build it first" >&2; exit 66; }
done

bed=$("$here/setup.sh")
share=$bin/hardware-test
rm -rf "$share"
status=0
"$here/run-kernel.sh" -t "${LIMIT:-1500}" "$bed" "$share" "$here/guest-test.sh" "$bin" || status=$?
for mode in meters timing; do
  # Chips that answer in microseconds need a kernel in which computing takes no time.
  time=()
  if [ $mode = timing ]; then time=(-k time-travel=inf-cpu); fi
  "$here/run-kernel.sh" -t "${LIMIT:-600}" "${time[@]}" "$bed" "$share/$mode" \
    "$here/check_gpio.py" "$bin" /bed/results $mode || status=$?
done
# A power that is cut, CUTS times with each durability, and a clock that is wrong. What one boot
# leaves unsent, the next one finds.
"$here/check_power.py" "$bin" "$bed" "$share/power" "${CUTS:-3}" || status=$?
for boot in first later; do
  "$here/run-kernel.sh" -t "${LIMIT:-300}" "$bed" "$share/clock" \
    "$here/check_clock.py" "$bin" /bed/$boot $boot || status=$?
done
# A day, of which only the work takes time: two to ten minutes, so only with FULL=1.
if [ "${FULL:-}" = 1 ]; then
  "$here/run-kernel.sh" -t "${LIMIT:-1500}" -k time-travel=inf-cpu "$bed" "$share/hours" \
    "$here/guest-hours.sh" "$bin" || status=$?
fi
if [ $status = 0 ]; then
  echo "hardware test: PASS"
else
  echo "hardware test: FAIL ($status); the logs are in $share/results"
fi
exit $status
