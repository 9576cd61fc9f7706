package functional

import "github.com/hekla-ml/hekla/nn"

// Losses are functions in package nn already, with their options; here they are
// by PyTorch's names in this package.
var (
	CrossEntropy                  = nn.CrossEntropy
	NLLLoss                       = nn.NLL
	MSELoss                       = nn.MSE
	L1Loss                        = nn.L1
	SmoothL1Loss                  = nn.SmoothL1
	HuberLoss                     = nn.Huber
	BinaryCrossEntropy            = nn.BCE
	BCEWithLogits                 = nn.BCEWithLogits
	KLDiv                         = nn.KLDiv
	CTCLoss                       = nn.CTC
	PoissonNLLLoss                = nn.PoissonNLL
	GaussianNLLLoss               = nn.GaussianNLL
	HingeEmbeddingLoss            = nn.HingeEmbedding
	MarginRankingLoss             = nn.MarginRanking
	SoftMarginLoss                = nn.SoftMargin
	CosineEmbeddingLoss           = nn.CosineEmbedding
	TripletMarginLoss             = nn.TripletMargin
	TripletMarginWithDistanceLoss = nn.TripletMarginWithDistance
	MultiMarginLoss               = nn.MultiMargin
	MultiLabelMarginLoss          = nn.MultiLabelMargin
	MultiLabelSoftMarginLoss      = nn.MultiLabelSoftMargin
)
