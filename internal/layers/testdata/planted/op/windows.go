//go:build windows && !cgo

package op

import _ "github.com/hekla-ml/hekla/tensor"
