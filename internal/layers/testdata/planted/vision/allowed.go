package vision

import (
	_ "github.com/hekla-ml/hekla/nn"
	_ "github.com/hekla-ml/hekla/vision/internal/fonts"
)
