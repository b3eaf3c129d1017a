// GPIO lines, the same over libgpiod 1.6 and 2: chips and lines are found by the library; lines are
// requested by the library where that is 2, and from the kernel (5.10 or newer) where it is 1.6.
// Every function returns a negative errno on failure, taken before anything else can change it.
// None is thread-safe for one object.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The kernel's names have at most 31 bytes (GPIO_MAX_NAME_SIZE).
#define CGPIO_NAME_SIZE 32
// GPIO_V2_LINES_MAX: lines in one request.
#define CGPIO_LINES_MAX 64

typedef struct cgpio_chip cgpio_chip;
typedef struct cgpio_lines cgpio_lines;

struct cgpio_chip_info {
  char name[CGPIO_NAME_SIZE];
  char label[CGPIO_NAME_SIZE];
  uint32_t lines;
};

struct cgpio_line_info {
  // Empty where the line has none.
  char name[CGPIO_NAME_SIZE];
  char consumer[CGPIO_NAME_SIZE];
  bool is_used;
};

enum cgpio_bias { CGPIO_BIAS_AS_IS, CGPIO_BIAS_DISABLED, CGPIO_BIAS_PULL_UP, CGPIO_BIAS_PULL_DOWN };
enum cgpio_edges {
  CGPIO_EDGES_NONE,
  CGPIO_EDGES_BOTH,
  CGPIO_EDGES_RISING,
  CGPIO_EDGES_FALLING
};

struct cgpio_wish {
  uint32_t offset;
  enum cgpio_bias bias;
  enum cgpio_edges edges;
  bool is_active_low;
  // The kernel debounces: microseconds for which a level must last; 0 for none.
  uint32_t debounce_us;
};

struct cgpio_edge {
  // The place of its line among the wishes.
  uint32_t line;
  // The logical level after the edge.
  bool level;
  // The kernel's stamp in ns, CLOCK_MONOTONIC.
  uint64_t stamp_ns;
  // The kernel's count of this line's edges, from 1.
  uint32_t number;
};

int cgpio_open(const char *path, cgpio_chip **chip);
void cgpio_close(cgpio_chip *chip);
int cgpio_describe(cgpio_chip *chip, struct cgpio_chip_info *info);
int cgpio_describe_line(cgpio_chip *chip, uint32_t offset, struct cgpio_line_info *info);

// Requests `count` (1 to CGPIO_LINES_MAX) input lines of the chip at `path`. The kernel queues their
// edges from now on, up to `queue_size`; what comes beyond that pushes out the oldest. When a line
// is refused, none is held, and `*refused` is its place where that is known, else -1.
int cgpio_request(
    const char *path, const char *consumer, const struct cgpio_wish *wishes, uint32_t count,
    uint32_t queue_size, cgpio_lines **lines, int32_t *refused);
void cgpio_release(cgpio_lines *lines);

// What to poll for POLLIN.
int cgpio_descriptor(const cgpio_lines *lines);
// One logical level for each wish.
int cgpio_levels(cgpio_lines *lines, bool *levels);
// Takes queued edges, at most `size`, oldest first, without waiting; returns their number.
int cgpio_take_edges(cgpio_lines *lines, struct cgpio_edge *edges, uint32_t size);

// Makes all lines of the request outputs, at this logical level.
int cgpio_drive(cgpio_lines *lines, bool level);
// Makes them inputs again, with the wished bias and the edges of both directions.
int cgpio_listen(cgpio_lines *lines);
