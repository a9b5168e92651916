#include "models/outcomes.h"
