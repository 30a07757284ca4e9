"""Word lists of the stress test: data, no logic beyond splitting strings.

Each noun stands with its plural, "singular plural"; texts use the plural, and distractors of the
strict protocol hold neither.
"""

from __future__ import annotations

from typing import NamedTuple


def _words(lines: str) -> tuple[str, ...]:
    return tuple(lines.split())


class Noun(NamedTuple):
    """A countable noun in both numbers."""

    singular: str
    plural: str


def _nouns(lines: str) -> tuple[Noun, ...]:
    return tuple(Noun(*entry.split()) for entry in lines.split(","))


# Two categories with no noun that could belong to both (no bats, seals, drills, mice), and none
# that is a common verb or name. Train and test share no noun.
ANIMALS = {
    "train": _nouns(
        """cat cats, dog dogs, cow cows, pig pigs, goat goats, lion lions, wolf wolves, fox foxes,
        rabbit rabbits, squirrel squirrels, beaver beavers, camel camels, elephant elephants,
        zebra zebras, monkey monkeys, whale whales, shark sharks, eagle eagles, owl owls,
        parrot parrots, chicken chickens, goose geese, swan swans, snake snakes, turtle turtles,
        frog frogs, spider spiders, ant ants, bee bees, butterfly butterflies, beetle beetles,
        crab crabs, snail snails, worm worms, hamster hamsters, leopard leopards,
        donkey donkeys, kitten kittens, lamb lambs, kangaroo kangaroos, penguin penguins,
        falcon falcons, raccoon raccoons, llama llamas, walrus walruses, octopus octopuses,
        moth moths, alligator alligators, raven ravens, rat rats"""
    ),
    "test": _nouns(
        """horse horses, sheep sheep, tiger tigers, bear bears, otter otters, giraffe giraffes,
        gorilla gorillas, dolphin dolphins, crow crows, pigeon pigeons, hen hens,
        lizard lizards, crocodile crocodiles, wasp wasps, mosquito mosquitoes,
        lobster lobsters, hedgehog hedgehogs, pony ponies, puppy puppies, koala koalas,
        panda pandas, ostrich ostriches, sparrow sparrows, badger badgers, panther panthers,
        toad toads, tortoise tortoises, vulture vultures, duck ducks, antelope antelopes"""
    ),
}
OBJECTS = {
    "train": _nouns(
        """hammer hammers, wrench wrenches, chisel chisels, shovel shovels, axe axes,
        ladder ladders, bucket buckets, broom brooms, sponge sponges, brush brushes,
        razor razors, towel towels, pillow pillows, candle candles, lamp lamps, clock clocks,
        mirror mirrors, chair chairs, sofa sofas, desk desks, shelf shelves, basket baskets,
        key keys, needle needles, button buttons, pencil pencils, notebook notebooks,
        envelope envelopes, rope ropes, magnet magnets, umbrella umbrellas, wallet wallets,
        suitcase suitcases, spoon spoons, knife knives, plate plates, cup cups,
        bottle bottles, kettle kettles, oven ovens, carpet carpets, curtain curtains,
        vase vases, tray trays, barrel barrels, hinge hinges, whistle whistles,
        helmet helmets, scarf scarves, toaster toasters"""
    ),
    "test": _nouns(
        """screwdriver screwdrivers, rake rakes, mop mops, comb combs, blanket blankets,
        lantern lanterns, table tables, couch couches, drawer drawers, cupboard cupboards,
        box boxes, lock locks, ruler rulers, pen pens, crayon crayons, chain chains,
        hook hooks, backpack backpacks, fork forks, bowl bowls, mug mugs, jar jars, pan pans,
        stove stoves, rug rugs, cushion cushions, pulley pulleys, bell bells, glove gloves,
        hat hats"""
    ),
}

# All plurals: what the two other protocols put into their phrases.
NOUNS = tuple(
    noun.plural for nouns in (ANIMALS, OBJECTS) for split in nouns.values() for noun in split
)

# What the strict protocol keeps out of its distractors beside its nouns and template words:
# other common animals and objects, negation, and having or lacking in any form.
NEAR_NOUNS = _words(
    """
    animal animals beast bird birds bug bugs bull cattle creature creatures fish mice mouse
    pet pets species object objects tool tools device devices equipment bag bags ball balls
    bed beds book books camera cameras card cards computer computers door doors glass glasses
    gun guns machine machines map maps phone phones ring rings screen screens shirt shirts
    shoe shoes ticket tickets weapon weapons window windows
    """
)
NEGATION = _words(
    """
    absence absent aint anti arent barely cannot cant couldnt deny denied didnt doesnt dont
    empty except false few hadnt hardly hasnt havent illegal impossible isnt less minus nah
    negative neither never nobody non none nope nor not nothing nowhere rarely refuse refused
    shouldnt unable unfortunately unknown unless unlike unlikely unusual wasnt werent without
    wont wouldnt zero
    """
)
SIGNAL_STEMS = _words(
    """
    avoid contain exclud fail had has have having held hold includ keep kept lack lose losing
    loss lost miss own possess prevent remov
    """
)

# Kept out of both vocabularies: the texts are shown to students.
VULGAR_STEMS = _words(
    """
    asshole bastard bitch bullshit cunt fag fuck motherfuck nigg piss porn pussy rape rapist
    retard shit slut wank whore
    """
)
VULGAR_WORDS = _words("anal ass cock cocks cum cumming dick dicks dildo nsfw tit tits twat")

# 100 words, "not" among them: the property of the published noise list that matters.
RELEASED_NOISE = _words(
    """
    the of and to in that it for was on are as with they at be this from or one by but not what
    all were when we there can an your which their if do will each about how up out them then
    she many some so these would other into more her two like him see time could people than
    first water been call who now find long down day did get come made may part over new sound
    take only little work know place year live me back give most very after thing our just name
    good
    """
)
