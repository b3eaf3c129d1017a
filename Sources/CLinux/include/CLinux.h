#pragma once

#include "i2c.h"
