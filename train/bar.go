package train

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A bar shows the steps of an epoch on a terminal. A nil one shows nothing.
type bar struct {
	*progressbar.ProgressBar
	what string
}

// newBar returns a bar of n steps, done of which are, or nil unless out is a
// terminal.
func newBar(out io.Writer, n, done int, what string) *bar {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	b := &bar{what: what, ProgressBar: progressbar.NewOptions(n, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))}
	_ = b.Set(done) // a terminal that is gone ends no training
	return b
}

func (b *bar) step(loss float64) {
	if b != nil {
		b.Describe(fmt.Sprintf("%s, loss %.4f", b.what, loss))
		_ = b.Add(1)
	}
}

func (b *bar) close() {
	if b != nil {
		_ = b.Finish()
	}
}
