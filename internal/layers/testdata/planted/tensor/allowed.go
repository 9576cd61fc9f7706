package tensor

import (
	_ "github.com/hekla-ml/hekla/backend/cpu"
	_ "github.com/hekla-ml/hekla/op"
	_ "github.com/hekla-ml/hekla/tensor/internal/x"
)
