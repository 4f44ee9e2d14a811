"""What `nnzoo --help` prints. Imports no torch."""

from ..config.groups import GROUPS

USAGE = f"""\
nnzoo: train classic neural networks, each with one command

  nnzoo train [key=value ...]                train the default network, or the one you choose
  nnzoo train -m model=mlp,lenet5 seed=0,1   sweep: train every combination and print a table; seeds=5 and cv=5 work
                                             with any command; sweep=random, tpe, ... search
  nnzoo table sweep=DIR                      table of a sweep [format=text|csv|markdown|latex|json] [columns=[...]]
  nnzoo train resume=RUN                     resume a run from its last checkpoint [allow_changed_data=true]
  nnzoo train resume=auto [key=value ...]    resume the newest unfinished run with these settings, or start a new one
  nnzoo evaluate run=RUN                     evaluate a run's best and last weights again; data.path=FILE: new path of
                                             the data, or other data [allow_changed_data=true]
  nnzoo predict run=RUN input=FILE           predict for a file of examples: table, array, images, series or sentences
                                             [output=FILE.csv|.tsv|.npz] [probabilities=true] [checkpoint=last];
                                             length=12 predicts the next rows of a series instead
  nnzoo encode run=RUN input=FILE            encode a file of examples with an autoencoder
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last];
                                             layer=NAME: the outputs of a layer of any network [pool=mean|max]
  nnzoo decode run=RUN input=codes.npz       decode a file of codes, the inverse of encode
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last]
  nnzoo reconstruct run=RUN input=FILE       predict with an autoencoder: reconstruct a file of examples
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last]
  nnzoo recommend run=RUN user=ID            the items with the highest predicted ratings that the user has not rated
                                             [n=10] [items=[ID,ID]|FILE] [include_rated=true] [output=FILE]
                                             [checkpoint=last]; user=[ID,ID]|FILE for several users;
                                             input=FILE for the users in a table of ratings, also new ones
  nnzoo outliers run=RUN [input=FILE]        find outliers in a file, or in the training data, with an autoencoder
                                             [by=row|entry|feature] [output=FILE.csv|.tsv|.npz] [checkpoint=last]
                                             [quantile=0.99], or [share=0.05] for the expected share of outliers
  nnzoo explain run=RUN [input=FILE]         draw what a network computes from images, by default from test examples:
                                             [method=saliency,guided,deconvnet,occlusion,synthesis,units,inversion,
                                             feature_maps,filters] [class=NAME], or [layer=NAME] [unit=0] to explain a
                                             hidden unit [images=8] [output=FOLDER] [checkpoint=last]
  nnzoo neighbors run=RUN word=king          the words (nodes, documents) with the most similar vectors [top=10]
                                             [vectors=input|output|sum|both] [checkpoint=last]; file=FILE in place of
                                             run=RUN for a file of vectors: word2vec (text or binary), GloVe, .npy
  nnzoo analogy run=RUN words=[man,king,woman]  the words that complete "man is to king as woman is to ..."; options
                                             as for neighbors
  nnzoo similarity run=RUN words=[king,queen]  the cosine of two words; options as for neighbors, without top
  nnzoo document_vectors run=RUN input=FILE  infer vectors of new documents with a run of pv_dm or pv_dbow: one on each
                                             line of a text, or the .txt files of a folder [output=FILE.csv|.tsv|.npz]
                                             [epochs=20] [lr=0.025] [seed=0] [checkpoint=last]
  nnzoo sample run=RUN [prompt=...]          continue a text with a language model [length=400] [temperature=0.8]
                                             [top_k=5] [seed=0], beam=4 uses beam search instead;
                                             print samples of a generative network as CSV [length=100] [seed=0];
                                             of a conditional one, class=NAME, or input=FILE: examples to complete
  nnzoo export run=RUN format=onnx           write the network to a file for other programs, compared with the network:
                                             onnx|torchscript|state_dict|safetensors [output=FILE] [checkpoint=last];
                                             word2vec|word2vec_binary|npy: its vectors [vectors=input|output|sum|both]
  nnzoo rerun run=RUN                        train again with the config of a run; same metrics on the CPU
                                             [allow_changed_data=true]
  nnzoo runs list [FILTER ...]               list the runs in outputs/ that fulfil all filters, e.g. model=mlp
                                             'optimizer.lr<0.1' 'val/acc>=0.9' status=done tag=good [sort=-val/acc]
                                             [limit=9] [columns=[optimizer.lr,val/acc]] [--json|--csv]
  nnzoo runs show RUN [--json]               describe a run: overrides, metrics, environment, files
  nnzoo runs compare RUN RUN ...             the settings in which runs differ, and their metrics [--json|--csv]
  nnzoo runs tag RUN ... +NAME -NAME         add and remove tags
  nnzoo runs rm RUN ...|FILTER ...           delete runs or sweeps [yes=true] [force=true]
  nnzoo check [key=value ...]                compare a network's gradients with finite differences
  nnzoo lr_find [key=value ...]              suggest a learning rate: train with growing ones [low=1e-6] [high=1]
                                             [steps=100]
  nnzoo trace [key=value ...]                print every number of the first training steps of a small network [steps=1]
                                             [max_numbers=2000] [--json|--csv] [output=FILE.png]
  nnzoo perceptron_updates [key=value ...]   print the updates of a perceptron one by one [steps=1000] [shuffle=false]
                                             [--csv] [output=FILE.png] [frames=FOLDER]
  nnzoo gradient_norms [key=value ...]       compare the gradients through time of recurrent networks before and after
                                             training [models=[rnn,lstm,gru]] [seeds=3] [steps=200] [examples=64]
                                             [--csv] [output=FILE.png]
  nnzoo weight_changes run=RUN               compare the weights of a run before and after training [checkpoint=best]
                                             [parameters=[layers.0.weight]] [--csv] [output=FILE.png]
  nnzoo board [RUN|FOLDER|FILTER ...]        open TensorBoard on all runs, those in a folder, or those that fulfil all
                                             filters [last=10] [output_dir=outputs] [port=6006]; --json lists them
  nnzoo list [KIND] [PATTERN] [--json]       list the networks, or all options of a kind
  nnzoo info NAME                            describe an option and its settings; also GROUP=NAME, e.g. data=array
  nnzoo info NAME input=3x224x224            the layers of a network: output sizes, parameters, multiplications, memory
                                             and receptive fields [classes=1000] [model.KEY=VALUE] [--json|--csv]
  nnzoo reproduce NAME|all [seeds=5] [workers=2]
                                             reproduce a published result over several seeds
  nnzoo report run=RUN                       write a static HTML page about a run: RUN/report.html [output=FILE.html]
  nnzoo report sweep=DIR                     the same about a sweep: DIR/report.html [output=FILE.html]
  nnzoo -sc install=bash                     a script for Tab completion, also in zsh and fish:
                                             eval "$(nnzoo -sc install=bash)"; uninstall=bash removes it
  nnzoo report                               write docs/RESULTS.md from the results of nnzoo reproduce

KIND: {", ".join(GROUPS)}.
RUN is the directory of a run or, for a run in outputs/, its name or the end of the name, such as 0f1a.
debug=true shows tracebacks. `nnzoo train --help` lists all options.
"""


def usage_of(name: str) -> str:
    """Return the part of the usage that describes a command, and the meaning of its placeholders."""
    commands, _, notes = USAGE.partition("\n\nKIND: ")
    entries = [each for each in commands.split("\n  nnzoo ")[1:] if each.split()[0] == name]
    text = "".join(f"nnzoo {each}\n" for each in entries).replace("\n  ", "\n")
    kinds, *others = notes.splitlines()
    lines = [f"KIND: {kinds}"] * ("KIND" in text) + [line for line in others if "RUN" not in line or "RUN" in text]
    return text + "\n" + "\n".join(lines) + "\n"
