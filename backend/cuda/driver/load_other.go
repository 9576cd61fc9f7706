//go:build !(linux && !android && (amd64 || arm64)) && !(windows && (amd64 || arm64))

package driver

import (
	"errors"
	"runtime"
)

var errPlatform = errors.New("NVIDIA has no driver for " + runtime.GOOS + "/" + runtime.GOARCH)

var libraryNames []string

func open(string) (Symbols, error) { return nil, errPlatform }

func (l library) Symbol(string) (uintptr, error) { return 0, errPlatform }

func call(uintptr, []uintptr) Result { return notSupported }
