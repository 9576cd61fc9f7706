//go:build amd64 || arm64

package fakecuda

import "syscall"

// thread names the operating system thread, which has a current context of its own.
func thread() uintptr { return uintptr(syscall.Gettid()) }
