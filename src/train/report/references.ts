/** The works a report may cite, and the list of those that it does. */
import { html, type Markup } from './html.ts';

const WORKS = {
  kerber:
    'Kerber B, Hepp T, Küstner T, Gatidis S. Deep learning-based age estimation from clinical Computed Tomography image data of the thorax and abdomen in the adult population. PLOS ONE 18(11), e0292993 (2023).',
  unser:
    'Unser M. Splines: a perfect fit for signal and image processing. IEEE Signal Processing Magazine 16(6), 22–38 (1999).',
  watershed: 'Meyer F. Topographic distance and watershed lines. Signal Processing 38(1), 113–125 (1994).',
  resnet: 'He K, Zhang X, Ren S, Sun J. Deep residual learning for image recognition. CVPR (2016).',
  densenet: 'Huang G, Liu Z, van der Maaten L, Weinberger KQ. Densely connected convolutional networks. CVPR (2017).',
  vgg: 'Simonyan K, Zisserman A. Very deep convolutional networks for large-scale image recognition. ICLR (2015).',
  inception:
    'Szegedy C, Vanhoucke V, Ioffe S, Shlens J, Wojna Z. Rethinking the Inception architecture for computer vision. CVPR (2016).',
  batchnorm:
    'Ioffe S, Szegedy C. Batch normalization: accelerating deep network training by reducing internal covariate shift. ICML (2015).',
  precise: 'Wu Y, Johnson J. Rethinking “Batch” in BatchNorm. arXiv:2105.07576 (2021).',
  initial:
    'He K, Zhang X, Ren S, Sun J. Delving deep into rectifiers: surpassing human-level performance on ImageNet classification. ICCV (2015).',
  variance: 'Nix DA, Weigend AS. Estimating the mean and variance of the target probability distribution. ICNN (1994).',
  adamw: 'Loshchilov I, Hutter F. Decoupled weight decay regularization. ICLR (2019).',
  cosine: 'Loshchilov I, Hutter F. SGDR: stochastic gradient descent with warm restarts. ICLR (2017).',
  cycle:
    'Smith LN, Topin N. Super-convergence: very fast training of neural networks using large learning rates. SPIE 11006 (2019).',
  clipping: 'Pascanu R, Mikolov T, Bengio Y. On the difficulty of training recurrent neural networks. ICML (2013).',
  mixed: 'Micikevicius P, et al. Mixed precision training. ICLR (2018).',
  averaging:
    'Polyak BT, Juditsky AB. Acceleration of stochastic approximation by averaging. SIAM Journal on Control and Optimization 30(4), 838–855 (1992).',
  ensembles:
    'Lakshminarayanan B, Pritzel A, Blundell C. Simple and scalable predictive uncertainty estimation using deep ensembles. NeurIPS (2017).',
  recalibration:
    'Laves MH, Ihler S, Fast JF, Kahrs LA, Ortmaier T. Well-calibrated regression uncertainty in medical imaging with deep learning. MIDL (2020).',
  calibration:
    'Kuleshov V, Fenner N, Ermon S. Accurate uncertainties for deep learning using calibrated regression. ICML (2018).',
  bootstrap: 'Efron B, Tibshirani RJ. An introduction to the bootstrap. Chapman & Hall (1993).',
  bland:
    'Bland JM, Altman DG. Measuring agreement in method comparison studies. Statistical Methods in Medical Research 8(2), 135–160 (1999).',
  levi: 'Levi D, Gispan L, Giladi N, Fetaya E. Evaluating and calibrating uncertainty prediction in regression tasks. Sensors 22(15), 5540 (2022).',
  crps: 'Gneiting T, Raftery AE. Strictly proper scoring rules, prediction, and estimation. Journal of the American Statistical Association 102(477), 359–378 (2007).',
  gap: 'Beheshti I, Nugent S, Potvin O, Duchesne S. Bias-adjustment in neuroimaging-based brain age frameworks: a robust scheme. NeuroImage: Clinical 24, 102063 (2019).',
  icc: 'Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. Psychological Bulletin 86(2), 420–428 (1979).',
  scorecam:
    'Wang H, et al. Score-CAM: score-weighted visual explanations for convolutional neural networks. CVPR Workshops (2020).',
  gradcam:
    'Selvaraju RR, et al. Grad-CAM: visual explanations from deep networks via gradient-based localization. ICCV (2017).',
  gradcampp:
    'Chattopadhay A, Sarkar A, Howlader P, Balasubramanian VN. Grad-CAM++: generalized gradient-based visual explanations for deep convolutional networks. WACV (2018).',
  deletion:
    'Petsiuk V, Das A, Saenko K. RISE: randomized input sampling for explanation of black-box models. BMVC (2018).',
  sanity: 'Adebayo J, et al. Sanity checks for saliency maps. NeurIPS (2018).',
  philox: 'Salmon JK, Moraes MA, Dror RO, Shaw DE. Parallel random numbers: as easy as 1, 2, 3. SC (2011).',
  tripod:
    'Collins GS, et al. TRIPOD+AI statement: updated guidance for reporting clinical prediction models that use regression or machine learning methods. BMJ 385, e078378 (2024).',
  claim:
    'Mongan J, Moy L, Kahn CE. Checklist for Artificial Intelligence in Medical Imaging (CLAIM): a guide for authors and reviewers. Radiology: Artificial Intelligence 2(2), e200029 (2020).',
} as const;

export type Work = keyof typeof WORKS;

/** Numbers the works in the order in which they are first cited. */
export class References {
  readonly #cited: Work[] = [];

  /** "[1]" or "[1, 4]", each number a link to its entry. */
  cite(...works: Work[]): Markup {
    const links = works.map((work, i) => {
      if (!this.#cited.includes(work)) this.#cited.push(work);
      const number = this.#cited.indexOf(work) + 1;
      return html`${i > 0 && ', '}<a href="#ref-${number}">${number}</a>`;
    });
    return html`[${links}]`;
  }

  list(): Markup {
    return html`<ol class="references">${this.#cited.map((work, i) => html`<li id="ref-${i + 1}">${WORKS[work]}</li>`)}</ol>`;
  }
}
