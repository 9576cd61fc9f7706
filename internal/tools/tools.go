//go:build tools

// Package tools pins the versions of development tools.
package tools

import _ "honnef.co/go/tools/cmd/staticcheck"
