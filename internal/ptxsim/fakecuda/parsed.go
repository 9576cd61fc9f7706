//go:build (linux && (amd64 || arm64)) || (windows && amd64)

package fakecuda

import (
	"sync"

	"github.com/hekla-ml/hekla/internal/ptxsim"
)

// Long texts, which are the same for every device that a test opens, are parsed once.
const longText = 1 << 14

var long sync.Map // *ptxsim.Module by text

// parsed is ptxsim.Load. Modules do not change when they run.
func parsed(text string) (*ptxsim.Module, error) {
	if m, ok := long.Load(text); ok {
		return m.(*ptxsim.Module), nil
	}
	m, err := ptxsim.Load(text)
	if err == nil && len(text) >= longText {
		long.Store(text, m)
	}
	return m, err
}
