"""Wide residual blocks (Zagoruyko & Komodakis 2016, arXiv 1605.07146)."""

from app.nets.connections.preact import PreActivation


class Wide(PreActivation, connections=("wide",)):
    """y = λ s(x) + W₂ σ(N₂(W₁ σ(N₁(x)))), the authors' order of norm, ReLU, convolution (section 2).

    F is widened by the factor k: k times the filters, or k times the inner units.
    """
