package train

import (
	"fmt"
	"slices"

	"github.com/hekla-ml/hekla/autograd"
	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/data"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// A recording is the forward and backward pass of one batch, on whose tensors it
// runs again for others of the same shapes.
type recording struct {
	batch  []*tensor.Tensor
	loss   *tensor.Tensor
	params []*tensor.Tensor
	grads  []*tensor.Tensor // nil where there is none
}

// passes returns the loss of a batch and leaves the gradients. With a Recorder, all
// batches of the first one's shapes run the calls that were recorded of it.
func (l *Loop) passes(b data.Batch) (loss *tensor.Tensor, err error) {
	r := l.recording
	if l.Recorder != nil && r == nil {
		r, err := record(l.Recorder, l.Model, b, func() *tensor.Tensor { return l.eager(b) })
		if err != nil {
			return nil, err
		}
		l.recording = r
		return r.loss, nil
	}
	if r == nil || !r.takes(b) {
		return l.eager(b), nil
	}
	for i, t := range b.Tensors() {
		r.batch[i].CopyInPlace(t)
	}
	if err := l.Recorder.Replay(); err != nil {
		return nil, err
	}
	for i, g := range r.grads {
		if g != nil {
			r.params[i].SetGrad(g.Detach()) // that of a batch of other shapes may be there
		}
	}
	return r.loss, nil
}

// eager is passes call by call.
func (l *Loop) eager(b data.Batch) *tensor.Tensor {
	l.Optimizer.(stepper).ZeroGrad()
	loss := l.Loss(b)
	autograd.Backward(loss)
	return loss
}

// record has a batch's passes recorded.
func record(rec *backend.Recorder, model any, b data.Batch, passes func() *tensor.Tensor) (*recording, error) {
	r := &recording{params: nn.Parameters(model)}
	for _, t := range slices.Concat(r.params, b.Tensors()) {
		if t.Device() != backend.Device(rec) {
			return nil, fmt.Errorf("a tensor %v is on %s itself, want parameters and batches on the Recorder", t.Shape(), t.Device().Info().Name)
		}
	}
	for _, t := range b.Tensors() {
		r.batch = append(r.batch, t.Detach().Keep())
	}
	rec.Reset()
	r.loss = passes().Detach().Keep()
	rec.Stop()
	for _, p := range r.params {
		g := p.Grad()
		if g != nil {
			g = g.Detach().Keep()
		}
		r.grads = append(r.grads, g)
	}
	return r, nil
}

// takes reports whether a batch has the shapes and types of the recorded one.
func (r *recording) takes(b data.Batch) bool {
	return slices.EqualFunc(r.batch, b.Tensors(), func(x, y *tensor.Tensor) bool {
		return x.DType() == y.DType() && slices.Equal(x.Shape(), y.Shape())
	})
}
