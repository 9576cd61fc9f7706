package nn

import (
	_ "github.com/hekla-ml/hekla"
	_ "github.com/hekla-ml/hekla/mystery"
)
