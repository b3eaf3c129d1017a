#!/bin/bash
# guest-test.sh BIN_DIR: runs inside the guest. Makes the board (GPIO lines, an I2C bus) and lets
# check.py plug chips in, start the binaries in BIN_DIR and judge what the receiver got; then
# check_chips.py does so with all the chips of Tests/Chips.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A Raspberry Pi's GPIO controller: 54 lines, of which the 28 on the header have names.
config=/sys/kernel/config/gpio-sim/board
mkdir -p $config/bank
echo 54 > $config/bank/num_lines
echo pinctrl-bcm2835 > $config/bank/label
for n in {0..27}; do
  mkdir $config/bank/line"$n"
  echo "GPIO$n" > $config/bank/line"$n"/name
done
echo 1 > $config/live
lines=/sys/devices/platform/$(cat $config/dev_name)/$(cat $config/bank/chip_name)

# Its I2C bus on the header.
insmod /bed/modules/i2c-scripted.ko bus=1 "label=bcm2835 (i2c@7e804000)"

for device in /dev/gpiochip0 /dev/i2c-1; do
  [ -c $device ] || { echo "no $device in the guest"; exit 1; }
done

status=0
"$here/check.py" "$1" "$lines" /bed/results || status=$?
"$here/check_chips.py" "$1" /bed/results/chips || status=$?
"$here/check_scan.py" "$1" /bed/results/scan || status=$?
exit $status
