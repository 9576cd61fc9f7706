package nn

import (
	_ "github.com/hekla-ml/hekla/backend"
	_ "github.com/hekla-ml/hekla/backend/all"
	_ "github.com/hekla-ml/hekla/backend/cpu"
)
