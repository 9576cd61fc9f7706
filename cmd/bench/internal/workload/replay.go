package workload

import (
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/optim"
	"github.com/hekla-ml/hekla/tensor"
)

// A recording is the forward and backward pass of a training step.
type recording struct {
	rec   *backend.Recorder
	steps int
	loss  *tensor.Tensor
}

// Recorder makes the device of the rig one that records, if Replay is set.
func (r Rig) Recorder() Rig {
	if r.Replay && r.recording == nil {
		r.recording = &recording{rec: backend.Record(r.Dev)}
		r.Dev = r.recording.rec
	}
	return r
}

// step is Step by replay: the first step makes what all share, the second is
// recorded.
func (p *recording) step(r Rig, opt *optim.Optimizer, loss func() *tensor.Tensor) *tensor.Tensor {
	switch p.steps++; p.steps {
	case 1:
		return r.passes(opt, loss)
	case 2:
		p.rec.Reset()
		p.loss = r.passes(opt, loss).Detach().Keep()
		p.rec.Stop()
	default:
		r.part("replay", func() {
			if err := p.rec.Replay(); err != nil {
				panic(err)
			}
		})
	}
	return p.loss
}
