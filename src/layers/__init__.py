"""Layers of networks: recurrent cells and layers, convolutions, linear layers, embeddings."""

from .activations import Gaussian, ScaledTanh, Sign, Step
from .cells.base import Cell, Steps
from .cells.constrained import SCRNCell
from .cells.elman import IRNN, Elman
from .cells.forget import ForgetGate
from .cells.gru import GRU
from .cells.layer_norm import LayerNormCell, LayerNormElman, LayerNormGRU, LayerNormLSTM
from .cells.lstm import LSTM
from .cells.reservoir import Reservoir
from .chain import Chain
from .conv.bilinear import BilinearUpsampling, ChannelsLast
from .conv.connection_table import ConnectionTableConv2d
from .conv.dense_block import DenseBlock
from .conv.fixed import FixedConv2d
from .conv.fractal import Fractal
from .conv.frames import FramesAsDepth
from .conv.gate import Gate
from .conv.inception import Inception
from .conv.local_response import LocalResponseNorm
from .conv.locally_connected import LocallyConnected2d
from .conv.patch_code import PatchCode
from .conv.residual import (
    BasicBlock,
    Block,
    Bottleneck,
    HighwayBlock,
    PaddedShortcut,
    PlainBlock,
    PostActivation,
    PreActivation,
    PreActivationBlock,
    PreActivationBottleneck,
    StochasticDepth,
)
from .conv.subsampling import Subsampling
from .conv.tied import TiedConvTranspose2d
from .conv.unpooling import SwitchPool2d, Unpool2d
from .corruption import Corruption
from .embeddings.ids import IdEmbedding
from .embeddings.tokens import TokenEmbedding
from .erasure import Erasure
from .fill_unknown import FillUnknown
from .linear.factors import MixtureLinear, NonNegativeLinear
from .linear.highway import DenseGate, DenseHighway
from .linear.maxout import Maxout
from .linear.members import MemberLinear
from .linear.positive import PositiveLinear
from .linear.sparse import SparseLinear
from .linear.tall import TallLinear
from .linear.threshold import ThresholdLinear, ThresholdUnits
from .linear.tied import TiedLinear
from .linear.zero_diagonal import ZeroDiagonalLinear
from .modalities import MissingModalities
from .normalization import BatchNorm, BatchNorm2d, MaskedSequential
from .rbf import EuclideanRBF
from .recurrent import Recurrent
from .side_by_side import SideBySide
from .sparse_code import TopR, WinnerTakeAll

__all__ = [
    "GRU",
    "IRNN",
    "LSTM",
    "BasicBlock",
    "BatchNorm",
    "BatchNorm2d",
    "BilinearUpsampling",
    "Block",
    "Bottleneck",
    "Cell",
    "Chain",
    "ChannelsLast",
    "ConnectionTableConv2d",
    "Corruption",
    "DenseBlock",
    "DenseGate",
    "DenseHighway",
    "Elman",
    "Erasure",
    "EuclideanRBF",
    "FillUnknown",
    "FixedConv2d",
    "ForgetGate",
    "Fractal",
    "FramesAsDepth",
    "Gate",
    "Gaussian",
    "HighwayBlock",
    "IdEmbedding",
    "Inception",
    "LayerNormCell",
    "LayerNormElman",
    "LayerNormGRU",
    "LayerNormLSTM",
    "LocalResponseNorm",
    "LocallyConnected2d",
    "MaskedSequential",
    "Maxout",
    "MemberLinear",
    "MissingModalities",
    "MixtureLinear",
    "NonNegativeLinear",
    "PaddedShortcut",
    "PatchCode",
    "PlainBlock",
    "PositiveLinear",
    "PostActivation",
    "PreActivation",
    "PreActivationBlock",
    "PreActivationBottleneck",
    "Recurrent",
    "Reservoir",
    "SCRNCell",
    "ScaledTanh",
    "SideBySide",
    "Sign",
    "SparseLinear",
    "Step",
    "Steps",
    "StochasticDepth",
    "Subsampling",
    "SwitchPool2d",
    "TallLinear",
    "ThresholdLinear",
    "ThresholdUnits",
    "TiedConvTranspose2d",
    "TiedLinear",
    "TokenEmbedding",
    "TopR",
    "Unpool2d",
    "WinnerTakeAll",
    "ZeroDiagonalLinear",
]
