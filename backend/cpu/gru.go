package cpu

import "github.com/hekla-ml/hekla/op"

func init() {
	kernels[op.GRU] = recurrentKernel(1, 0, 4, gru[float32], gru[float64])
	kernels[op.GRUGrad] = recurrentKernel(0, 2, 5, gruGrad[float32], gruGrad[float64])
}

// gru computes step by step.
func gru[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	x, h0, y, gates := l.in[0], l.in[2], l.out[0], l.out[1]
	bias := make([]T, 3*h)
	if len(l.in) > 3 {
		bias = l.in[3]
	}
	panels := l.forwardPanels()
	for i := range l.steps {
		xt, gt, yt := l.at(x, i, n*3*h, nil), l.at(gates, i, n*4*h, nil), l.at(y, i, n*h, nil)
		before := l.at(y, i-1, n*h, h0)
		l.eachBlock(5, func(b *unitBlock[T]) {
			reset, update, own, fresh, t := b.part(0), b.part(1), b.part(2), b.part(3), b.part(4)
			for gate, z := range [...][]T{reset, update, own} {
				load(z, bias[gate*h+b.u:], 0, b.m)
				panels.add(z, b, gate, before)
				load(t, xt[gate*h+b.u:], 3*h, b.m)
				if gate < 2 {
					v.add(z, z, t)
				}
			}
			v.sigmoid(b.mem[:2*b.size])
			v.mulAdd(fresh, reset, own, t)
			v.tanh(fresh, fresh)
			load(t, before[b.u:], h, b.m)
			v.sub(t, t, fresh)
			v.mulAdd(t, t, update, fresh)
			store(yt[b.u:], h, t, b.m)
			for gate, z := range [...][]T{reset, update, fresh, own} {
				store(gt[gate*h+b.u:], 4*h, z, b.m)
			}
		})
	}
}

// gruGrad goes from the last step to the first. What reaches the h before a step
// past its gates stays with its block.
func gruGrad[T float32 | float64](l *recurrence[T]) {
	if l.empty() {
		return
	}
	v, n, h := l.v, l.n, l.h
	h0, y, gates, gy := l.in[1], l.in[2], l.in[3], l.in[4]
	dx, down, dh0 := l.out[0], l.out[1], l.out[2]
	panels, carried := l.backwardPanels(), l.kept()
	for i := l.steps - 1; i >= -1; i-- {
		l.eachBlock(7, func(b *unitBlock[T]) {
			dh, carry := b.part(0), b.of(carried)
			panels.cotangent(dh, b, i, gy, down)
			v.add(dh, dh, carry)
			if i < 0 {
				store(dh0[b.u:], h, dh, b.m)
				return
			}
			gt, dt, ot := l.at(gates, i, n*4*h, nil), l.at(dx, i, n*3*h, nil), l.at(down, i, n*3*h, nil)
			reset, update, fresh, own, t, tmp := b.part(1), b.part(2), b.part(3), b.part(4), b.part(5), b.part(6)
			for gate, p := range [...][]T{reset, update, fresh, own} {
				load(p, gt[gate*h+b.u:], 4*h, b.m)
			}
			load(t, l.at(y, i-1, n*h, h0)[b.u:], h, b.m)
			v.sub(t, t, fresh)
			v.mul(t, t, dh)
			v.timesSigmoidSlope(t, update, tmp)
			store(dt[h+b.u:], 3*h, t, b.m)
			store(ot[h+b.u:], 3*h, t, b.m)

			v.mul(carry, dh, update)
			v.centreScale(update, update, 0, -1, 1)
			v.mul(dh, dh, update)
			v.oneMinusSquare(fresh, fresh)
			v.mul(dh, dh, fresh)
			store(dt[2*h+b.u:], 3*h, dh, b.m)
			v.mul(t, dh, own)
			v.timesSigmoidSlope(t, reset, tmp)
			store(dt[b.u:], 3*h, t, b.m)
			store(ot[b.u:], 3*h, t, b.m)
			v.mul(dh, dh, reset)
			store(ot[2*h+b.u:], 3*h, dh, b.m)
		})
	}
}
