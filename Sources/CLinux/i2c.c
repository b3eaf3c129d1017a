#include "i2c.h"

#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int clinux_i2c_look(int descriptor, struct clinux_i2c_abilities *abilities) {
  unsigned long functions = 0;
  if (ioctl(descriptor, I2C_FUNCS, &functions) < 0) return -errno;
  *abilities = (struct clinux_i2c_abilities){
      .transfers = functions & I2C_FUNC_I2C,
      .sends_byte = functions & I2C_FUNC_SMBUS_WRITE_BYTE,
      .receives_byte = functions & I2C_FUNC_SMBUS_READ_BYTE,
      .quick = functions & I2C_FUNC_SMBUS_QUICK,
      .byte_data = (functions & I2C_FUNC_SMBUS_BYTE_DATA) == I2C_FUNC_SMBUS_BYTE_DATA,
      .word_data = (functions & I2C_FUNC_SMBUS_WORD_DATA) == I2C_FUNC_SMBUS_WORD_DATA,
      .block_read = functions & I2C_FUNC_SMBUS_READ_I2C_BLOCK,
      .block_write = functions & I2C_FUNC_SMBUS_WRITE_I2C_BLOCK,
  };
  return 0;
}

// Fixed in the kernel's Documentation/admin-guide/devices.txt; the minor number is the bus's.
#define I2C_DEVICE_MAJOR 89

int clinux_i2c_number(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) return -errno;
  if (!S_ISCHR(status.st_mode) || major(status.st_rdev) != I2C_DEVICE_MAJOR) return -ENOTTY;
  return (int)minor(status.st_rdev);
}

int clinux_i2c_limit_time(int descriptor, uint16_t centiseconds) {
  return ioctl(descriptor, I2C_TIMEOUT, (unsigned long)centiseconds) < 0 ? -errno : 0;
}

int clinux_i2c_claim(int descriptor, uint8_t address) {
  return ioctl(descriptor, I2C_SLAVE, (unsigned long)address) < 0 ? -errno : 0;
}

int clinux_i2c_transfer(
    int descriptor, uint8_t address, const uint8_t *write, uint16_t write_count, uint8_t *read,
    uint16_t read_count) {
  struct i2c_msg messages[2];
  uint32_t count = 0;
  // An empty write is a message too when there is nothing to read: a probe.
  if (write_count > 0 || read_count == 0)
    messages[count++] =
        (struct i2c_msg){.addr = address, .len = write_count, .buf = (uint8_t *)write};
  if (read_count > 0)
    messages[count++] =
        (struct i2c_msg){.addr = address, .flags = I2C_M_RD, .len = read_count, .buf = read};
  struct i2c_rdwr_ioctl_data data = {.msgs = messages, .nmsgs = count};
  int done = ioctl(descriptor, I2C_RDWR, &data);
  if (done < 0) return -errno;
  return (uint32_t)done == count ? 0 : -EIO;
}

static int smbus(
    int descriptor, uint8_t direction, uint8_t command, uint32_t size, union i2c_smbus_data *data) {
  struct i2c_smbus_ioctl_data call = {
      .read_write = direction, .command = command, .size = size, .data = data};
  return ioctl(descriptor, I2C_SMBUS, &call) < 0 ? -errno : 0;
}

int clinux_smbus_quick(int descriptor) {
  return smbus(descriptor, I2C_SMBUS_WRITE, 0, I2C_SMBUS_QUICK, NULL);
}

int clinux_smbus_send_byte(int descriptor, uint8_t byte) {
  return smbus(descriptor, I2C_SMBUS_WRITE, byte, I2C_SMBUS_BYTE, NULL);
}

int clinux_smbus_receive_byte(int descriptor, uint8_t *byte) {
  union i2c_smbus_data data = {0};
  int error = smbus(descriptor, I2C_SMBUS_READ, 0, I2C_SMBUS_BYTE, &data);
  if (error == 0) *byte = data.byte;
  return error;
}

int clinux_smbus_read(
    int descriptor, uint8_t command, uint8_t *bytes, uint8_t count, bool as_block) {
  union i2c_smbus_data data = {0};
  if (count == 0 || count > CLINUX_SMBUS_BLOCK_MAX) return -EINVAL;
  if (as_block) {
    data.block[0] = count;
    int error = smbus(descriptor, I2C_SMBUS_READ, command, I2C_SMBUS_I2C_BLOCK_DATA, &data);
    if (error < 0) return error;
    if (data.block[0] != count) return -EIO;
    memcpy(bytes, &data.block[1], count);
    return 0;
  }
  if (count > 2) return -EINVAL;
  int error = smbus(
      descriptor, I2C_SMBUS_READ, command, count == 1 ? I2C_SMBUS_BYTE_DATA : I2C_SMBUS_WORD_DATA,
      &data);
  if (error < 0) return error;
  bytes[0] = count == 1 ? data.byte : (uint8_t)data.word;
  if (count == 2) bytes[1] = (uint8_t)(data.word >> 8);
  return 0;
}

int clinux_smbus_write(
    int descriptor, uint8_t command, const uint8_t *bytes, uint8_t count, bool as_block) {
  union i2c_smbus_data data = {0};
  if (count == 0 || count > CLINUX_SMBUS_BLOCK_MAX) return -EINVAL;
  if (as_block) {
    data.block[0] = count;
    memcpy(&data.block[1], bytes, count);
    return smbus(descriptor, I2C_SMBUS_WRITE, command, I2C_SMBUS_I2C_BLOCK_DATA, &data);
  }
  if (count > 2) return -EINVAL;
  if (count == 1) {
    data.byte = bytes[0];
    return smbus(descriptor, I2C_SMBUS_WRITE, command, I2C_SMBUS_BYTE_DATA, &data);
  }
  data.word = (uint16_t)(bytes[0] | bytes[1] << 8);
  return smbus(descriptor, I2C_SMBUS_WRITE, command, I2C_SMBUS_WORD_DATA, &data);
}
