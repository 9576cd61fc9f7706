package deep

// Free needs no Example: nobody outside sees it.
type Free struct{}
