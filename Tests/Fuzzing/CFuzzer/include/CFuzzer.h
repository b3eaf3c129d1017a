// libFuzzer as a library: its own main cannot be used, because SwiftPM gives each executable one.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(
    int *count, char ***arguments, int (*take)(const uint8_t *bytes, size_t count));
