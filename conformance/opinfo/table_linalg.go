package opinfo

// linalgTable has decompositions of matrices and what follows from them.
func linalgTable() map[string]function {
	return map[string]function{}
}
