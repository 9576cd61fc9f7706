package op_test

import (
	_ "github.com/hekla-ml/hekla/backend/cpu"
	_ "github.com/hekla-ml/hekla/tensor"
)
