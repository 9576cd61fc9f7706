//go:build windows && (amd64 || arm64)

package driver

import "syscall"

var errPlatform error

var libraryNames = []string{"nvcuda.dll"}

func open(name string) (Symbols, error) {
	h, err := syscall.LoadLibrary(name)
	if err != nil {
		return nil, err
	}
	return library{uintptr(h), name}, nil
}

func (l library) Symbol(name string) (uintptr, error) {
	return syscall.GetProcAddress(syscall.Handle(l.handle), name)
}
