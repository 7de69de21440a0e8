"""Makes every shipped case anew: the same scripts give the same bytes."""

import make_augmentation
import make_convolution
import make_explanations
import make_half
import make_layers
import make_metrics
import make_models
import make_networks
import make_operations
import make_optimizers
import make_pipeline
import make_schedules
import make_special
import make_tensors
import make_volumes
from conformance import CASES, write_index

for path in CASES.glob("*.safetensors"):
    path.unlink()
for module in (
    make_augmentation,
    make_convolution,
    make_half,
    make_layers,
    make_metrics,
    make_tensors,
    make_operations,
    make_optimizers,
    make_schedules,
    make_special,
    make_volumes,
    make_models,
    make_networks,
    make_explanations,
    make_pipeline,
):
    module.main()
write_index()
