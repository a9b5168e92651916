#define MUSTER_ISA sse2
#include "sim/lane_kernels_body.h"
