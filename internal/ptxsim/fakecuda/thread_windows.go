//go:build amd64

package fakecuda

import "syscall"

var getCurrentThreadID = syscall.NewLazyDLL("kernel32.dll").NewProc("GetCurrentThreadId")

// thread names the operating system thread, which has a current context of its own.
func thread() uintptr {
	id, _, _ := getCurrentThreadID.Call()
	return id
}
