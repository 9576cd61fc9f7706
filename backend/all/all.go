// Package all registers the drivers of every device: programs import it for
// its effect.
//
//	import _ "github.com/hekla-ml/hekla/backend/all"
package all

import (
	_ "github.com/hekla-ml/hekla/backend/cpu"
	_ "github.com/hekla-ml/hekla/backend/cuda"
	_ "github.com/hekla-ml/hekla/backend/vulkan"
)
