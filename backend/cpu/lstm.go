package cpu

import "github.com/hekla-ml/hekla/op"

func init() {
	kernels[op.LSTM] = recurrentKernel(1, 0, 4, lstm[float32], lstm[float64])
	kernels[op.LSTMGrad] = recurrentKernel(0, 3, 6, lstmGrad[float32], lstmGrad[float64])
}

// lstm computes step by step.
func lstm[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	x, h0, c0 := l.in[0], l.in[2], l.in[3]
	y, cs, gates := l.out[0], l.out[1], l.out[2]
	panels := l.forwardPanels()
	for i := range l.steps {
		xt, gt, yt, ct := l.at(x, i, n*4*h, nil), l.at(gates, i, n*4*h, nil), l.at(y, i, n*h, nil), l.at(cs, i, n*h, nil)
		before, cBefore := l.at(y, i-1, n*h, h0), l.at(cs, i-1, n*h, c0)
		l.eachBlock(6, func(b *unitBlock[T]) {
			in, forget, out, fresh, c, t := b.part(0), b.part(1), b.part(2), b.part(3), b.part(4), b.part(5)
			for gate, z := range [...][]T{in, forget, fresh, out} {
				load(z, xt[gate*h+b.u:], 4*h, b.m)
				panels.add(z, b, gate, before)
			}
			v.sigmoid(b.mem[:3*b.size])
			v.tanh(fresh, fresh)
			load(c, cBefore[b.u:], h, b.m)
			v.mul(c, c, forget)
			v.mul(t, in, fresh)
			v.add(c, c, t)
			v.tanh(t, c)
			v.mul(t, t, out)
			store(ct[b.u:], h, c, b.m)
			store(yt[b.u:], h, t, b.m)
			for gate, z := range [...][]T{in, forget, fresh, out} {
				store(gt[gate*h+b.u:], 4*h, z, b.m)
			}
		})
	}
}

// lstmGrad goes from the last step to the first. The cotangent of c stays with
// its block.
func lstmGrad[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	c0, cs, gates, gy, gc := l.in[1], l.in[2], l.in[3], l.in[4], l.in[5]
	dx, dh0, dc0 := l.out[0], l.out[1], l.out[2]
	panels, dcs := l.backwardPanels(), l.kept()
	for i := l.steps - 1; i >= -1; i-- {
		l.eachBlock(8, func(b *unitBlock[T]) {
			dh, dc := b.part(0), b.of(dcs)
			panels.cotangent(dh, b, i, gy, dx)
			if i < 0 {
				store(dh0[b.u:], h, dh, b.m)
				store(dc0[b.u:], h, dc, b.m)
				return
			}
			gt, dt := l.at(gates, i, n*4*h, nil), l.at(dx, i, n*4*h, nil)
			in, forget, fresh, out, t, tmp, c := b.part(1), b.part(2), b.part(3), b.part(4), b.part(5), b.part(6), b.part(7)
			for gate, p := range [...][]T{in, forget, fresh, out} {
				load(p, gt[gate*h+b.u:], 4*h, b.m)
			}
			load(c, l.at(cs, i, n*h, nil)[b.u:], h, b.m)
			v.tanh(t, c)
			v.mul(c, t, dh) // of out
			v.mul(dh, dh, out)
			v.oneMinusSquare(t, t)
			v.mul(dh, dh, t)
			v.add(dc, dc, dh)
			load(tmp, l.at(gc, i, n*h, nil)[b.u:], h, b.m)
			v.add(dc, dc, tmp)

			v.timesSigmoidSlope(c, out, tmp)
			store(dt[3*h+b.u:], 4*h, c, b.m)
			v.mul(c, dc, fresh)
			v.timesSigmoidSlope(c, in, tmp)
			store(dt[b.u:], 4*h, c, b.m)
			v.oneMinusSquare(fresh, fresh)
			v.mul(fresh, fresh, in)
			v.mul(fresh, fresh, dc)
			store(dt[2*h+b.u:], 4*h, fresh, b.m)
			load(c, l.at(cs, i-1, n*h, c0)[b.u:], h, b.m)
			v.mul(c, c, dc)
			v.timesSigmoidSlope(c, forget, tmp)
			store(dt[h+b.u:], 4*h, c, b.m)
			v.mul(dc, dc, forget)
		})
	}
}
