#define MUSTER_ISA avx512
#include "sim/lane_kernels_body.h"
