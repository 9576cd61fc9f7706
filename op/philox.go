package op

// philox returns the four words of Philox4x32-10 for a counter and a key:
// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011. The constants are those of the authors' Random123.
func philox(c [4]V, key [2]V) [4]V {
	const (
		m0, m1 = 0xD2511F53, 0xCD9E8D57
		w0, w1 = 0x9E3779B9, 0xBB67AE85
	)
	k0, k1 := key[0], key[1]
	for range 10 {
		c = [4]V{
			c[2].MulHi(num(m1)).Xor(c[1]).Xor(k0),
			c[2].Mul(num(m1)),
			c[0].MulHi(num(m0)).Xor(c[3]).Xor(k1),
			c[0].Mul(num(m0)),
		}
		k0, k1 = k0.Add(num(w0)), k1.Add(num(w1))
	}
	return c
}
