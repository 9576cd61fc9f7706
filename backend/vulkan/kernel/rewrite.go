package kernel

// Instructions and operands of SPIR-V that modules are rewritten by.
const (
	opExtension  = 10
	opCapability = 17
	opTypeFloat  = 22
	opLoopMerge  = 246

	capabilityFloat16            = 9
	capabilityBFloat16           = 5116
	capabilityBFloat16InFragment = 5118

	unroll, dontUnroll = 1, 2
)

// rewrite returns a module with what f makes of each instruction.
func rewrite(words []uint32, f func(in []uint32) []uint32) []uint32 {
	out := append([]uint32(nil), words[:5]...)
	for rest := words[5:]; len(rest) > 0; {
		n := rest[0] >> 16
		out = append(out, f(rest[:n:n])...)
		rest = rest[n:]
	}
	return out
}

// ofBFloat16 makes a module whose 16-bit floats are float16 one of bfloat16, which
// a compiler of GLSL in Debian 12 does not know. It must do no more with them than
// cooperative matrices do.
func ofBFloat16(words []uint32) []uint32 {
	named := false
	return rewrite(words, func(in []uint32) []uint32 {
		switch op := in[0] & 0xffff; {
		case op == opCapability && in[1] == capabilityFloat16:
			return []uint32{2<<16 | opCapability, capabilityBFloat16, 2<<16 | opCapability, capabilityBFloat16InFragment}
		case op == opExtension && !named:
			named = true
			return append(in, extension("SPV_KHR_bfloat16")...)
		case op == opTypeFloat && in[2] == 16:
			return []uint32{4<<16 | opTypeFloat, in[1], 16, 0} // the encoding of that number
		}
		return in
	})
}

// extension returns an instruction that asks for an extension of SPIR-V.
func extension(name string) []uint32 {
	in := make([]uint32, 1+len(name)/4+1)
	in[0] = uint32(len(in))<<16 | opExtension
	for i := range len(name) {
		in[1+i/4] |= uint32(name[i]) << (8 * (i % 4))
	}
	return in
}

// rolled asks that loops be left as they are. A GPU needs them unrolled, since it
// cannot number registers as it runs; a driver that compiles for a CPU can, and
// takes minutes over loops unrolled.
func rolled(words []uint32) []uint32 {
	return rewrite(words, func(in []uint32) []uint32 {
		if in[0]&0xffff == opLoopMerge && in[3] == unroll {
			in = append([]uint32(nil), in...)
			in[3] = dontUnroll
		}
		return in
	})
}
