// I2C by Linux's i2c-dev. Every function returns a negative errno on failure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

// What the adapter of an open /dev/i2c-N can do.
struct clinux_i2c_abilities {
  // Any transfer, with a repeated start between write and read (I2C_FUNC_I2C).
  bool transfers;
  // Only some of SMBus's shapes.
  bool sends_byte, receives_byte, quick, byte_data, word_data, block_read, block_write;
};
int clinux_i2c_look(int descriptor, struct clinux_i2c_abilities *abilities);

// The N of the /dev/i2c-N that is open, by whatever path; -ENOTTY when it is no such device.
int clinux_i2c_number(int descriptor);

// The longest that a transfer may take, in the kernel's steps of 10 ms. Holds for the adapter, and
// so for all programs, until it is set again.
int clinux_i2c_limit_time(int descriptor, uint16_t centiseconds);

// -EBUSY when a kernel driver has the address. I2C_RDWR alone would not notice. Must come before the
// clinux_smbus functions, which talk to the address that was claimed last.
int clinux_i2c_claim(int descriptor, uint8_t address);

// Writes, then reads after a repeated start; a count of 0 leaves that half out.
int clinux_i2c_transfer(
    int descriptor, uint8_t address, const uint8_t *write, uint16_t write_count, uint8_t *read,
    uint16_t read_count);

// SMBus's limit for a block.
#define CLINUX_SMBUS_BLOCK_MAX 32

// An empty write: does anybody acknowledge the address?
int clinux_smbus_quick(int descriptor);
int clinux_smbus_send_byte(int descriptor, uint8_t byte);
int clinux_smbus_receive_byte(int descriptor, uint8_t *byte);
// `count` is 1 (byte data), 2 (word data, low byte first) or up to 32 with `as_block`.
int clinux_smbus_read(int descriptor, uint8_t command, uint8_t *bytes, uint8_t count, bool as_block);
int clinux_smbus_write(
    int descriptor, uint8_t command, const uint8_t *bytes, uint8_t count, bool as_block);
