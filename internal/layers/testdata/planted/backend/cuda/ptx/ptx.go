package ptx

import (
	_ "github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/cpu"
)
