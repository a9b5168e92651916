#define MUSTER_ISA avx2
#include "sim/lane_kernels_body.h"
