package nn

import (
	_ "golang.org/x/image/font"
	_ "strings"
)
