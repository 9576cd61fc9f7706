package checkpoint

import "C"
