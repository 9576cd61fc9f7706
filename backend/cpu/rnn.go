package cpu

import "github.com/hekla-ml/hekla/op"

func init() {
	kernels[op.RNN] = recurrentKernel(1, 0, 3, rnn[float32], rnn[float64])
	kernels[op.RNNGrad] = recurrentKernel(0, 1, 3, rnnGrad[float32], rnnGrad[float64])
}

// rnn computes step by step.
func rnn[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	x, h0, y := l.in[0], l.in[2], l.out[0]
	panels := l.forwardPanels()
	for i := range l.steps {
		xt, yt, before := l.at(x, i, n*h, nil), l.at(y, i, n*h, nil), l.at(y, i-1, n*h, h0)
		l.eachBlock(1, func(b *unitBlock[T]) {
			z := b.part(0)
			load(z, xt[b.u:], h, b.m)
			panels.add(z, b, 0, before)
			if l.attrs.ReLU {
				v.relu(z, z)
			} else {
				v.tanh(z, z)
			}
			store(yt[b.u:], h, z, b.m)
		})
	}
}

// rnnGrad goes from the last step to the first.
func rnnGrad[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	y, gy, dx, dh0 := l.in[1], l.in[2], l.out[0], l.out[1]
	panels := l.backwardPanels()
	for i := l.steps - 1; i >= -1; i-- {
		l.eachBlock(2, func(b *unitBlock[T]) {
			dh := b.part(0)
			panels.cotangent(dh, b, i, gy, dx)
			if i < 0 {
				store(dh0[b.u:], h, dh, b.m)
				return
			}
			slope := b.part(1)
			load(slope, l.at(y, i, n*h, nil)[b.u:], h, b.m)
			if l.attrs.ReLU {
				v.wherePositive(dh, slope)
			} else {
				v.oneMinusSquare(slope, slope)
				v.mul(dh, dh, slope)
			}
			store(l.at(dx, i, n*h, nil)[b.u:], h, dh, b.m)
		})
	}
}
