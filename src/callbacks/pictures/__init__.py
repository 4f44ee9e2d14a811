"""All kinds of pictures of a run, in the order in which they are drawn."""

from .base import Picture
from .classes import BOUNDARY, CLASS_ERRORS, CONFUSION
from .codes import CODES, DECODER
from .curves import LEARNING_CURVES, LOSS_PARTS
from .generated import GAME, GENERATED_IMAGES, POINTS_IN_PLANE
from .graphs import GRAPH
from .images import BOXES, FEATURE_MAPS, FILTERS, PREDICTIONS, RECONSTRUCTIONS
from .latent import CLASS_SAMPLES, COMPLETIONS, DECODED_SAMPLES, LATENT_GRID, LATENT_WALK
from .maps import MAPS
from .outliers import OUTLIERS
from .ratings import RATINGS
from .recommendations import RECOMMENDATIONS
from .reconstructions import COLUMN_ERRORS, POINTS
from .recurrent import ACTIVATIONS, AUTOMATON, GATES, GRADIENTS, NEXT_SYMBOLS, SPECTRUM
from .saliency import SALIENCY
from .samples import SAMPLES
from .sequences import SEQUENCES
from .values import SCATTER
from .word_map import WORD_MAP
from .words import TOP_WORDS

PICTURES: tuple[Picture, ...] = (
    LEARNING_CURVES,
    LOSS_PARTS,
    GAME,
    PREDICTIONS,
    BOXES,
    RECONSTRUCTIONS,
    POINTS,
    COLUMN_ERRORS,
    OUTLIERS,
    SAMPLES,
    POINTS_IN_PLANE,
    GENERATED_IMAGES,
    DECODED_SAMPLES,
    CLASS_SAMPLES,
    COMPLETIONS,
    LATENT_GRID,
    LATENT_WALK,
    CONFUSION,
    CLASS_ERRORS,
    BOUNDARY,
    SCATTER,
    SEQUENCES,
    RATINGS,
    RECOMMENDATIONS,
    MAPS,
    GRAPH,
    WORD_MAP,
    CODES,
    TOP_WORDS,
    FILTERS,
    DECODER,
    FEATURE_MAPS,
    SALIENCY,
    ACTIVATIONS,
    NEXT_SYMBOLS,
    GATES,
    GRADIENTS,
    SPECTRUM,
    AUTOMATON,
)
