"""Centred kernel alignment with a linear kernel (Kornblith et al. 2019, arXiv 1905.00414, section 3).

CKA(X, Y) = HSIC(X, Y) / √(HSIC(X, X) HSIC(Y, Y)) says how alike two layers place the same examples, whatever the
directions and the scale: 1 for features that are equal up to rotation and scale, around 0 for unrelated ones. HSIC is
estimated without bias (Song et al. 2012, J. Mach. Learn. Res. 13), as in Nguyen et al. (2021, arXiv 2010.15327). The
usual estimate calls unrelated features alike when there are more features than examples. CKA can be a little below 0.

With the U-centred Gram matrices A and B of two layers of n examples (Székely & Rizzo 2014, Ann. Statist. 42), HSIC is
Σ_{i≠j} A_ij B_ij / (n(n − 3)), so CKA is the cosine of two such matrices, read as vectors.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from app.analyses.hidden_states import as_double, precise, rows
from app.nets.copies import copies
from app.nets.stack import Stack

#: features that differ by less than this part of their size between the examples differ by rounding alone
ROUNDING = 1e-13


def gram_vectors(features: Tensor) -> Tensor:
    """The U-centred Gram matrices of k sets of features as unit vectors, [k, n(n − 1)/2], float64.

    The inner product of two of them is their CKA.

    Args:
        features: [k, n examples, width], n at least 4. One in which all examples are alike gives NaN.
    """
    # the mean of the features does not change what comes out, but costs digits
    features = as_double(features)
    x = features - features.mean(1, keepdim=True)
    n = x.shape[1]
    gram = x @ x.mT
    gram.diagonal(dim1=1, dim2=2).zero_()
    sums = gram.sum(2)
    total = sums.sum(1).view(-1, 1, 1)
    gram += total / ((n - 1) * (n - 2)) - (sums.unsqueeze(1) + sums.unsqueeze(2)) / (n - 2)
    first, second = torch.triu_indices(n, n, 1, device=x.device)
    vectors = gram[:, first, second]
    lengths = torch.linalg.vector_norm(vectors, dim=1)
    alike = x.abs().amax((1, 2)) <= ROUNDING * features.abs().amax((1, 2))
    return vectors / torch.where(alike, torch.nan, lengths).unsqueeze(1)


def layer_vectors(stack: Stack, network: int, layers: Sequence[int], x: Tensor) -> Iterator[Tensor]:
    """``gram_vectors`` of the outputs of some layers of one network of a stack, [n(n − 1)/2] each, in double precision.

    Args:
        layers: their numbers, ascending from 1, as the diagrams count them.
        x: n examples.
    """
    alone = copies(stack, [network], precise(stack.device))
    with torch.no_grad():
        logits, outputs = alone.capture(x)
        by_number = {numbers[0]: h for h, numbers in outputs}
        for layer in layers:
            # logits are [networks, classes, examples] in both spaces
            features = logits.transpose(1, 2) if layer == alone.specs[0].depth else rows(alone, by_number[layer])
            yield gram_vectors(features)[0]
