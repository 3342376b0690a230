"""Adjectives and adverbs by group."""

ADJECTIVES: dict[str, str] = {
    "size": "big small large little huge tiny enormous tall short wide narrow long gigantic "
    "broad compact",
    "sizeup": "big huge large enormous bright",
    "smallsize": "small tiny big plump little round fat",
    "colour": "red blue green yellow purple orange white black brown grey pink golden silver "
    "scarlet crimson turquoise violet beige",
    "animalcolour": "black white brown grey golden spotted striped speckled ginger",
    "age": "old new ancient modern antique",
    "condition": "broken dusty shiny clean dirty rusty polished worn cracked battered spotless "
    "scratched faded sturdy fragile crooked",
    "evaluation": "good lovely fine wonderful ordinary excellent splendid simple strange perfect "
    "plain useful decent remarkable",
    "taste": "sweet sour bitter salty spicy delicious tasty juicy bland creamy crunchy savoury",
    "freshness": "fresh ripe dried frozen rotten organic local withered",
    "heat": "hot cold warm cool steaming icy lukewarm chilled",
    "force": "heavy light strong gentle fierce violent mild sudden steady bitter",
    "intensity": "great deep quiet sudden true perfect simple endless brief honest secret",
    "interest": "interesting boring famous difficult easy curious funny clever popular serious "
    "unusual useful forgotten long exciting dull important peculiar complicated",
    "moral": "good bad fair wise foolish sensible dangerous harmless wicked noble",
    "sound": "loud soft faint sharp strange distant sudden low shrill muffled",
    "character": "kind brave clever shy polite honest lazy cheerful stubborn patient greedy gentle "
    "careful careless generous proud modest loyal curious clumsy friendly grumpy wise bold "
    "cunning talkative thoughtful reliable absent-minded energetic playful timid",
    "mood": "happy sad angry tired hungry thirsty bored nervous calm worried excited lonely proud "
    "surprised confused scared jealous relieved disappointed grateful ashamed amazed anxious",
    "goodmood": "happy delighted cheerful proud relieved grateful pleased thrilled overjoyed calm "
    "content hopeful",
    "badmood": "sad angry worried lonely disappointed upset nervous ashamed annoyed miserable "
    "frightened furious gloomy",
    "animal": "quick slow hungry sleepy wild tame quiet noisy fluffy furry sly nimble watchful "
    "playful swift",
    "landscape": "green deep quiet misty steep wild frozen dark sunny rocky windy lonely peaceful "
    "hidden barren lush",
    "traffic": "busy empty noisy quiet crowded narrow deserted cobbled leafy",
    "tidy": "tidy messy cosy dark bright empty cluttered draughty airy",
    "texture": "soft rough smooth thick thin hard stiff fluffy silky woollen",
    "pattern": "striped checked plain patterned dotted embroidered patched",
    "value": "precious valuable rare cheap worthless priceless beautiful magnificent",
    "praise": "superb brilliant fantastic excellent delightful outstanding marvellous terrific "
    "charming impressive flawless dependable comfortable elegant",
    "scorn": "terrible awful dreadful useless disappointing horrible flimsy unreliable shoddy "
    "uncomfortable overpriced clumsy noisy ugly",
    "weatherday": "sunny cloudy rainy windy foggy stormy snowy frosty humid mild dry wet chilly "
    "bright overcast drizzly",
    "shapeadj": "round square flat straight curved pointed oval triangular hollow",
    "nation": "northern southern eastern western coastal inland central rural",
}
ADVERBS: dict[str, str] = {
    "manner": "slowly quickly quietly carefully happily sadly angrily gently loudly bravely "
    "patiently politely nervously proudly calmly eagerly suddenly silently cheerfully "
    "gracefully clumsily firmly kindly warmly softly anxiously thoughtfully stubbornly "
    "hopefully wearily briskly",
    "cookhow": "slowly carefully gently well evenly thoroughly quickly patiently",
    "sayhow": "quietly softly cheerfully angrily calmly sadly politely proudly nervously gently "
    "firmly warmly coldly drily eagerly hoarsely solemnly gruffly kindly sternly",
    "time": "today yesterday tomorrow tonight now then soon later recently once afterwards",
    "often": "always often usually sometimes rarely never seldom normally occasionally",
    "degree": "very quite rather extremely really fairly too so almost completely barely "
    "surprisingly unusually",
    "sentence": "luckily unfortunately finally meanwhile perhaps fortunately clearly oddly "
    "naturally certainly gradually eventually of-course",
}
