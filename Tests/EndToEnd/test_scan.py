"""What `scan` says where there is nothing, or hardly anything, to be found."""

import glob
import os
import unittest

from bench import Bench, telemetryd


class Scan(Bench):
    def setUp(self):
        super().setUp()
        if glob.glob("/dev/i2c-*"):
            self.skipTest("this machine has an I2C bus, whose chips are not to be asked by a test")

    def test_what_it_prints_is_an_ini_that_can_be_checked(self):
        scan = telemetryd("scan")
        self.assertIn("no I2C bus (Raspberry Pi: dtparam=i2c_arm=on", scan.stderr)
        self.assertIn(scan.returncode, (0, 69), scan.stderr)
        path = os.path.join(self.folder, "scanned.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write(scan.stdout + "\n[sensor.board]\ndriver = system\n")
        once = telemetryd("test", "--once", "-c", path)
        self.assertNotIn("scanned.ini:", once.stderr, "no mistake in the ini")

    def test_it_never_writes_over_a_file(self):
        path = os.path.join(self.folder, "telemetryd.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("; mine\n")
        scan = telemetryd("scan", "--write", "-c", path)
        self.assertIn(scan.returncode, (69, 73), scan.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "; mine\n")

    def test_nothing_found_is_told_and_not_written(self):
        if telemetryd("scan").returncode != 69:
            self.skipTest("this machine has something to be found")
        path = os.path.join(self.folder, "new.ini")
        scan = telemetryd("scan", "--write", "-c", path)
        self.assertEqual(scan.returncode, 69)
        self.assertIn(f"nothing was found, so {path} is not written", scan.stderr)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
