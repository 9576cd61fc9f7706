package fonts

import (
	_ "github.com/google/shlex"
	_ "github.com/hekla-ml/hekla/data"
	_ "golang.org/x/image/font"
)
